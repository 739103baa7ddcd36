def report(items: list[str]) -> str:
    return "\n".join(f"{items.count(item)} {item}" for item in sorted(set(items)))
