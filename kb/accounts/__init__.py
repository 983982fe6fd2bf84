"""The accounts package: the people who work here, what each may do, and who did what.

Vocabulary: a User is a contributor (proposes, for the own city or organisation), an editor (reviews and publishes) or
an administrator (people and settings as well). A permission is something that a person may do
(`permissions.py`). A second factor, an authenticator app or a passkey, is what a person shows after the password;
recovery codes replace a lost one. An ApiKey lets a program act for its owner, within its scopes. An AuditEvent says who
did what to which thing, and when.

Neighbours: imports only the core; every package above may take a User as the actor of what it does.
"""
