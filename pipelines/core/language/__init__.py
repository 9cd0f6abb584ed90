"""TagLanguage: BCP 47 tags by script first and by statistics where scripts leave a choice."""
