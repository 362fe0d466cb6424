"""The experiments of zhang2023, Section 4 and Appendix 7."""
