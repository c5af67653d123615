using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace LifelongApi.Cli.Rows;

/// <summary>
/// Event ids that follow from a file and a row's number: running a file again sends the same ids, so what was learned is not
/// learned again. A file is known by its name (without folders), its length and its first 64 KiB.
/// </summary>
internal sealed class RowIdentity
{
    private const int FingerprintBytes = 64 * 1024;
    private readonly string _prefix;

    private RowIdentity(string prefix) => _prefix = prefix;

    /// <summary>The id of a row.</summary>
    internal string EventId(long row) => string.Create(CultureInfo.InvariantCulture, $"{_prefix}:{row}");

    /// <summary>Reads what identifies a set of files that are ingested together.</summary>
    internal static async Task<RowIdentity> OfAsync(IEnumerable<string> paths, CancellationToken cancellationToken)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var beginning = new byte[FingerprintBytes];
        foreach (var path in paths)
        {
            await using var file = File.OpenRead(path);
            var count = await file.ReadAtLeastAsync(beginning, beginning.Length, throwOnEndOfStream: false, cancellationToken);
            hash.AppendData(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{Path.GetFileName(path)}\0{file.Length}\0")));
            hash.AppendData(SHA256.HashData(beginning.AsSpan(0, count)));
        }

        return new RowIdentity(Convert.ToHexStringLower(hash.GetHashAndReset().AsSpan(0, 8)));
    }
}
