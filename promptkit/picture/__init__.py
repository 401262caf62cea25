"""What happens to pictures afterwards."""
