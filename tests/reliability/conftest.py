"""What the tests of reliability share."""

KEY = "tlk_SECRETKEY"
