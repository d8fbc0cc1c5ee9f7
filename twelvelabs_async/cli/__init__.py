"""The command line: `app` has the commands, `console` what they print, `demo` the main job."""
