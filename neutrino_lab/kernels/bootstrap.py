# mypy: ignore-errors
"""Runs in each kernel of Python before any user's code: threads keep their cell, frames tell shape.

A program for the kernel's own interpreter, sent as text: it imports nothing of ours, and names
that it defines do not reach the user's namespace. Python 3.8 reads it.
"""

import concurrent.futures
import contextvars
import functools
import os
import sys
import threading

SUMMARY = "application/vnd.neutrino.table+json"
MOST_CSV_CELLS = 20_000
HEAD_ROWS = 10
CHUNK_CHARACTERS = 65_536


def keep_cells():
    """Let what a thread prints belong to the cell that started it, as long as it may go on.

    ipykernel gives a thread's output to the cell that is running by then.
    """
    start = threading.Thread.start
    submit = concurrent.futures.ThreadPoolExecutor.submit

    @functools.wraps(start)
    def start_in_context(self):
        context, run = contextvars.copy_context(), self.run
        self.run = functools.partial(context.run, run)
        return start(self)

    @functools.wraps(submit)
    def submit_in_context(self, fn, /, *args, **kwargs):
        return submit(self, contextvars.copy_context().run, fn, *args, **kwargs)

    threading.Thread.start = start_in_context
    concurrent.futures.ThreadPoolExecutor.submit = submit_in_context


def send_in_chunks(stream):
    """Send what is printed in pieces, and wait for each: a flood is read as far as it is wanted."""
    kind = type(stream)
    write = getattr(kind, "write", None)
    if kind.__module__ != "ipykernel.iostream" or write is None:
        return

    @functools.wraps(write)
    def write_in_chunks(self, string):
        pending = getattr(self, "_neutrino_pending", 0) + len(string)
        if not isinstance(string, str) or pending <= CHUNK_CHARACTERS:
            self._neutrino_pending = pending
            return write(self, string)
        for start in range(0, len(string), CHUNK_CHARACTERS):
            write(self, string[start : start + CHUNK_CHARACTERS])
            self.flush()
        self._neutrino_pending = 0
        return len(string)

    kind.write = write_in_chunks
    for each in (sys.stdout, sys.stderr):
        each.__dict__.pop("write", None)  # IPython leaves the old one there after a cell


def summarise_tables(shell):
    """Add to each table that is shown its shape, types and first rows, and all of it as CSV."""
    from IPython.core.formatters import JSONFormatter  # noqa: PLC0415 - the kernel's own

    class TableFormatter(JSONFormatter):
        pass

    formatter = TableFormatter(parent=shell.display_formatter)
    formatter.format_type = SUMMARY
    formatter.print_method = "_repr_neutrino_table_"
    formatter.for_type_by_name("pandas.core.frame", "DataFrame", summary)
    formatter.for_type_by_name("pandas", "DataFrame", summary)
    shell.display_formatter.formatters[SUMMARY] = formatter


def summary(frame):
    """Describe a data frame: its shape, dtypes and first rows, and all of it as CSV if it is
    small."""
    rows, columns = frame.shape
    data = {
        "rows": rows,
        "columns": columns,
        "dtypes": {str(name): str(kind) for name, kind in list(frame.dtypes.items())[:100]},
        "head": frame.head(HEAD_ROWS).to_string(max_cols=20, max_colwidth=80),
    }
    if rows * columns <= MOST_CSV_CELLS:
        data["csv"] = frame.to_csv(index=not is_plain_index(frame))
    return data


def read_packages():
    """Find what is installed for this kernel, after all that it has anyway."""
    folder = os.environ.pop("NEUTRINO_PACKAGES", "")
    if folder:
        sys.path.append(folder)


def is_plain_index(frame):
    """Whether an index is only row numbers, which a CSV need not hold."""
    return type(frame.index).__name__ == "RangeIndex" and frame.index.name is None


read_packages()
keep_cells()
send_in_chunks(sys.stdout)
summarise_tables(get_ipython())  # noqa: F821 - IPython's own
