"""What each command of the command line does. A command imports what it needs and no more; none but `app` loads Textual."""
