# Adds a folder to the machine's PATH or removes it. What stands there with %VARIABLES% stays as it is written.
param(
  [Parameter(Mandatory)] [ValidateSet('add', 'remove')] [string] $Action,
  [Parameter(Mandatory)] [string] $Folder
)
$ErrorActionPreference = 'Stop'
$key = [Microsoft.Win32.Registry]::LocalMachine.OpenSubKey('SYSTEM\CurrentControlSet\Control\Session Manager\Environment', $true)
$old = [string] $key.GetValue('Path', '', [Microsoft.Win32.RegistryValueOptions]::DoNotExpandEnvironmentNames)
$parts = @($old -split ';' | Where-Object { $_ -ne '' -and $_ -ne $Folder })
if ($Action -eq 'add') { $parts += $Folder }
$new = $parts -join ';'
if ($new -ne $old) {
  $key.SetValue('Path', $new, [Microsoft.Win32.RegistryValueKind]::ExpandString)
  # Setting and removing any variable tells running programs that the environment has changed.
  [Environment]::SetEnvironmentVariable('EdgewrightPathChanged', '1', 'Machine')
  [Environment]::SetEnvironmentVariable('EdgewrightPathChanged', $null, 'Machine')
}
$key.Close()
