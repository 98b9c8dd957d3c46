"""What other programs ask and send: JSON over HTTPS."""
