"""The benchmarks of `./dev bench`; each module has measure(runs), which returns Markdown table rows."""
