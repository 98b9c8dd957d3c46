"""What leaves the house: invoices, letters and mails, drawn from frozen data. Nothing here decides about money."""
