/*
 * Asks the firmware to load every program in \tries (0.efi, 1.efi, ... up to the first that is missing), starts none of
 * them, and tells the status of each. Then it switches the machine off.
 */
#include <efi.h>
#include <efilib.h>

static BOOLEAN exists(EFI_FILE_HANDLE root, CHAR16 *path)
{
    EFI_FILE_HANDLE file;
    EFI_STATUS status = uefi_call_wrapper(root->Open, 5, root, &file, path, EFI_FILE_MODE_READ, 0);
    if (EFI_ERROR(status))
        return FALSE;
    uefi_call_wrapper(file->Close, 1, file);
    return TRUE;
}

EFI_STATUS efi_main(EFI_HANDLE image, EFI_SYSTEM_TABLE *system)
{
    EFI_LOADED_IMAGE *self;
    EFI_FILE_HANDLE root;
    CHAR16 path[32];
    EFI_STATUS status;
    UINTN number;

    InitializeLib(image, system);
    /* A firmware that meets five minutes of silence thinks that we hang. */
    uefi_call_wrapper(BS->SetWatchdogTimer, 4, 0, 0, 0, NULL);
    status = uefi_call_wrapper(BS->HandleProtocol, 3, image, &LoadedImageProtocol, (VOID **)&self);
    root = EFI_ERROR(status) ? NULL : LibOpenRoot(self->DeviceHandle);
    Print(L"\r\nFIRN-TRIES\r\n");
    for (number = 0; root != NULL; number++) {
        EFI_HANDLE loaded = NULL;
        EFI_DEVICE_PATH *device;

        SPrint(path, sizeof(path), L"\\tries\\%d.efi", number);
        if (!exists(root, path))
            break;
        device = FileDevicePath(self->DeviceHandle, path);
        status = uefi_call_wrapper(BS->LoadImage, 6, FALSE, image, device, NULL, 0, &loaded);
        Print(L"FIRN-TRY %d %lx\r\n", number, (UINT64)status);
        /* With a security violation the image is loaded all the same, and may only not be started. */
        if (loaded != NULL)
            uefi_call_wrapper(BS->UnloadImage, 1, loaded);
        FreePool(device);
    }
    Print(L"FIRN-DONE %d\r\n", number);
    uefi_call_wrapper(RT->ResetSystem, 4, EfiResetShutdown, EFI_SUCCESS, 0, NULL);
    return EFI_SUCCESS;
}
