"""The catalogue for assistants: a server of the Model Context Protocol (MCP), which only reads.

`tools` answers, in plain data with the address and the citation of each entry; `server` speaks the protocol, with the
official package, which is imported by nothing else since that takes a second.
"""
