namespace LifelongApi.Storage.Sqlite;

/// <summary>
/// A lock file beside the database, held while migrating. The operating system drops the lock when the process dies, however it dies.
/// The file itself stays: deleting it would let two processes hold "the same" lock on different files.
/// </summary>
internal static class MigrationFile
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    /// <summary>Waits until this caller alone holds the file.</summary>
    public static async Task<FileStream> EnterAsync(string path, CancellationToken cancellation)
    {
        while (true)
        {
            try
            {
                return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException) when (File.Exists(path))
            {
                // Another host migrates. There is no way to be told when an OS file lock is given back, so ask again.
                await Task.Delay(Pause, cancellation).ConfigureAwait(false);
            }
        }
    }
}
