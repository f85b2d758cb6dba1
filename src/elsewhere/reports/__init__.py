"""From runs to reports: `result.json`, figures, tables, and pages by templates."""
