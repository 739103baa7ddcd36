import sys

import yaml

from inventory import VERSION
from inventory.reports.text import report


def main() -> None:
    if sys.argv[1:] == ["--version"]:
        print(VERSION)
    else:
        print(report(yaml.safe_load(sys.stdin)))
