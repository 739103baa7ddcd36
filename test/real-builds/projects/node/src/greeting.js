export const greeting = (name = 'stranger') => `Good day, ${name}.`;
