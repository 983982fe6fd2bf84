"""The tables of the editorial room."""

from .demand import SearchDemand
from .former import Redirect, Withdrawal
from .proposal import Proposal, Remark
from .revision import Revision

__all__ = ["Proposal", "Redirect", "Remark", "Revision", "SearchDemand", "Withdrawal"]
