"""What a language model is asked for: one client for chats and for drafts of cells."""
