"""What every page shares: opening, controls, outlets. The only place besides the pages that knows Streamlit."""
