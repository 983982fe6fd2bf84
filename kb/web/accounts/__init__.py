"""The pages of people: coming in and going out, invitations, one's own account, roles and the audit trail."""
