"""`python -m clinic`: nothing is installed, so this is the command."""

from clinic.cli import main

if __name__ == "__main__":
    main()
