; Puts the folder of the command edgewright on the machine's PATH, and takes it off again. NSIS itself cuts long strings,
; which has destroyed PATHs, so PowerShell does it (path.ps1).
!macro edgewrightPath ACTION
  InitPluginsDir
  File "/oname=$PLUGINSDIR\path.ps1" "${BUILD_RESOURCES_DIR}\win\path.ps1"
  nsExec::ExecToLog 'powershell.exe -NoProfile -NonInteractive -ExecutionPolicy Bypass -File "$PLUGINSDIR\path.ps1" ${ACTION} "$INSTDIR\resources\runtime\bin"'
  Pop $0
  ${If} $0 != "0"
    DetailPrint "The PATH was not changed (${ACTION}): $0"
  ${EndIf}
!macroend

!macro customInstall
  !insertmacro edgewrightPath add
!macroend

!macro customUnInstall
  ; An update removes the old version first; the PATH stays, and a task at start-up goes on with the new files.
  ${IfNot} ${isUpdated}
    nsExec::ExecToLog 'schtasks.exe /End /TN Edgewright'
    Pop $0
    nsExec::ExecToLog 'schtasks.exe /Delete /TN Edgewright /F'
    Pop $0
    !insertmacro edgewrightPath remove
  ${EndIf}
!macroend
