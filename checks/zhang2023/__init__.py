"""zhang2023 as a paper: engines, experiments, studies, figures, commands."""
