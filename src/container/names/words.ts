/** How a container may feel. */
export const adjectives = (
  'able agile airy alert amber ample apt arctic artful azure balmy bold bonny brave breezy bright brisk bubbly calm candid ' +
  'careful cheery chief civil clean clear clever coastal cobalt cool copper coral cosmic cosy crisp curious dapper daring ' +
  'deft dewy eager early earnest easy elated epic even exact fair famous fancy fast fearless fertile festive fine firm fleet ' +
  'fluent fond frank free fresh frosty gallant gentle giddy gilded glad gleaming golden graceful grand great green handy ' +
  'happy hardy hearty helpful honest humble ideal jaunty jolly jovial keen kind lasting lavish level light lively loyal ' +
  'lucid lucky lunar magic mellow merry mighty mild mindful misty modest mossy neat nimble noble novel patient peaceful ' +
  'placid playful plucky polar polite primal prompt proper proud quick quiet radiant rapid rare ready regal robust rosy ' +
  'rustic sage salty sandy savvy serene sharp shiny silent silver simple sincere sleek smart smooth snug sober solar solid ' +
  'spry stable starry steady still sturdy sublime sunny supple swift tender thrifty tidal tidy timely tranquil trusty upbeat ' +
  'valiant vast vivid warm wavy wise witty worthy zany zesty'
).split(' ');

/** Surnames of people who moved goods, signals and knowledge further. */
export const surnames = (
  'amundsen archimedes avicenna babbage baker banneker barton bell bessemer blackwell bly bohr boole brahe brunel burnell cerf ' +
  'chandrasekhar chu clarke cochrane cook copernicus curie darwin dijkstra drake earhart edison einstein engelbart erasmus ' +
  'erdos euclid euler fermat fermi feynman fibonacci franklin fulton galileo gama gauss germain goddard goodall gutenberg ' +
  'hamilton harrison hawking heisenberg henson hertz heyerdahl hillary hollerith hooke hopper hubble humboldt huygens ' +
  'hypatia jackson jenner johnson kamei kepler khayyam knuth kovalevskaya lamarr lamport lavoisier leibniz lesseps liskov ' +
  'lovelace magellan marconi maxwell maclean meitner mendel mercator mirzakhani morse nansen napier newton nightingale ' +
  'nobel noether ohm pascal pasteur payne planck polo ptolemy pythagoras ramanujan ride ritchie roentgen rubin rutherford ' +
  'sagan scott shackleton shannon snyder somerville stallman stephenson sutherland swanson telford tereshkova tesla thompson ' +
  'torvalds turing vaughan vespucci volta watt wegener wiles wilson wozniak wright wu yalow zheng zuse'
).split(' ');
