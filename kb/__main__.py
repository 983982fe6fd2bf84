"""The `kb` command as it is installed, and `python -m kb`.

Importing the program makes several hundred thousand objects that stay. The garbage collector would walk through them
again and again, which takes a sixth of that time, so it looks less often meanwhile.
"""

import signal

from kb.core.gc_tuning import rare_collections


def main() -> None:
    """Run the command."""
    # Typed while the program is being loaded, Ctrl-C would print where; later, click says "Aborted!".
    interrupted = signal.getsignal(signal.SIGINT)
    if interrupted is signal.default_int_handler:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    with rare_collections():
        from kb.cli import main as command  # noqa: PLC0415 - see above
    signal.signal(signal.SIGINT, interrupted)
    command()


if __name__ == "__main__":
    main()
