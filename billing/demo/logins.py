"""Who may sign in to the demo."""

PASSWORD = "kassenwart-demo"  # noqa: S105 (printed at the start of every demo)
LOGINS = {
    "treasurer": "kasse@demo.example",
    "office": "buero@demo.example",
    "accountant": "steuer@demo.example",
    "board": "vorstand@demo.example",
    "member": "mitglied@demo.example",
    "customer": "kunde@demo.example",
}
