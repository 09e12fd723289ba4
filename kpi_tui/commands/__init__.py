"""What each command of the command line does. A command imports what it needs; none but `app` loads Textual."""
