"""UserService: what is known of users, and changes of their profiles."""
