/*
 * Says that it was started, with what command line, and switches the machine off. It stands where a kernel would stand in tests that ask only
 * whether firmware, shim and stub let something pass: a real kernel needs seconds to say the same.
 */
#include <efi.h>
#include <efilib.h>

/* systemd-stub wants a kernel that knows how to find its initrd: the version of the image says so. */
__attribute__((section(".sbat"), used)) static const char sbat[] =
    "sbat,1,SBAT Version,sbat,1,https://github.com/rhboot/shim/blob/main/SBAT.md\n"
    "firn.test,1,firn,started,1,https://example.org/\n";

EFI_STATUS efi_main(EFI_HANDLE image, EFI_SYSTEM_TABLE *system)
{
    EFI_LOADED_IMAGE *self;
    CHAR16 *words = L"";

    InitializeLib(image, system);
    uefi_call_wrapper(BS->HandleProtocol, 3, image, &LoadedImageProtocol, (VOID **)&self);
    if (self->LoadOptionsSize > 0)
        words = self->LoadOptions;
    /* Whatever else writes to the serial line in between: one of these comes through whole. */
    for (int i = 0; i < 3; i++)
        Print(L"\r\nFIRN-STARTED %s\r\n", words);
    uefi_call_wrapper(RT->ResetSystem, 4, EfiResetShutdown, EFI_SUCCESS, 0, NULL);
    return EFI_SUCCESS;
}
