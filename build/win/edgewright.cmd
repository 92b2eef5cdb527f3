@"%~dp0..\node\node.exe" "%~dp0..\dist\node\edgewright.js" %*
