"""The tables of the editorial package."""

from .failed_search import FailedSearchCount
from .proposal import Proposal, Remark
from .redirect import Redirect, Withdrawal
from .revision import Revision

__all__ = ["FailedSearchCount", "Proposal", "Redirect", "Remark", "Revision", "Withdrawal"]
