"""The released contract, `Contracts/released/v1.yaml` with its events, against the present one.

    --check     says what breaks and exits with 1
    (nothing)   takes the present contract as the released one, unless something breaks
"""

import shutil
import sys

from .changes import Changes
from .reading import REPOSITORY, Contract

FOLDER = REPOSITORY / "Contracts"
RELEASED = FOLDER / "released"


def changes():
    return Changes(Contract(RELEASED, "v1.yaml"), Contract(FOLDER)).all()


def take():
    shutil.rmtree(RELEASED, ignore_errors=True)
    (RELEASED / "events").mkdir(parents=True)
    shutil.copyfile(FOLDER / "openapi.yaml", RELEASED / "v1.yaml")
    shutil.copyfile(FOLDER / "problems.yaml", RELEASED / "problems.yaml")
    for file in (FOLDER / "events").glob("*.json"):
        shutil.copyfile(file, RELEASED / "events" / file.name)


def main():
    found = changes() if (RELEASED / "v1.yaml").exists() else []
    breaking = [change for change in found if change.is_breaking]
    for change in breaking if "--check" in sys.argv else found:
        print(change)
    if breaking:
        print(f"{len(breaking)} breaking: not within v1 (docs/versioning.md)")
        sys.exit(1)
    if "--check" not in sys.argv:
        take()
        print(f"released: {len(found)} changes")


if __name__ == "__main__":
    main()
