#!/bin/bash
# electron-builder's own after-remove.tpl, and below it what Edgewright adds.

# Delete the link to the binary
# update-alternatives --remove <name> <path>: 'path' must be the registered alternative binary,
# not the generic symlink — see https://man7.org/linux/man-pages/man1/update-alternatives.1.html
if type update-alternatives >/dev/null 2>&1; then
    update-alternatives --remove '${executable}' '/opt/${sanitizedProductName}/${executable}'
else
    rm -f '/usr/bin/${executable}'
fi

APPARMOR_PROFILE_DEST='/etc/apparmor.d/${executable}'

# Remove and unload apparmor profile.
if [ -f "$APPARMOR_PROFILE_DEST" ]; then
  # Unload the profile from the running kernel before deleting the file so the
  # policy is not left enforced until the next reboot.  Mirror the chroot guard
  # used in the after-install script — live AppArmor operations are not
  # meaningful inside a chroot.
  # https://wiki.debian.org/AppArmor/HowToUse
  if apparmor_status --enabled > /dev/null 2>&1; then
    if ! { [ -x '/usr/bin/ischroot' ] && /usr/bin/ischroot; } && hash apparmor_parser 2>/dev/null; then
      apparmor_parser --remove "$APPARMOR_PROFILE_DEST" || true
    fi
  fi
  rm -f "$APPARMOR_PROFILE_DEST"
fi

# An upgrade runs this too, after the new files are there: the command and the service stay then.
case ${1:-} in
    remove | purge)
        if [ "$(readlink /usr/bin/edgewright)" = '/opt/${sanitizedProductName}/resources/runtime/bin/edgewright' ]; then
            rm -f /usr/bin/edgewright
        fi
        # The program is gone, so a service of it could only fail. Its data stays in /var/lib/edgewright.
        if [ -f /etc/systemd/system/edgewright.service ] && [ -d /run/systemd/system ]; then
            systemctl disable --now edgewright.service || true
        fi
        ;;
esac
