"""The `kb` command as it is installed, and `python -m kb`.

Importing the program makes several hundred thousand objects that stay. The garbage collector would walk through them
again and again, which takes a sixth of that time, so it looks less often meanwhile.
"""

from kb.core.gc_tuning import rare_collections


def main() -> None:
    """Run the command."""
    with rare_collections():
        from kb.cli import main as command  # noqa: PLC0415 - see above

    command()


if __name__ == "__main__":
    main()
