using System.Security.Cryptography;

namespace LifelongApi.Api.Bundles;

/// <summary>Tags and hashes of frames.</summary>
internal static class BundleTags
{
    private static readonly byte[][] Tags = ["HEAD"u8.ToArray(), "SPEC"u8.ToArray(), "MANI"u8.ToArray(), "STAT"u8.ToArray(), "NAME"u8.ToArray(), "ENCO"u8.ToArray(), "IDSQ"u8.ToArray(), "IDKE"u8.ToArray(), "ENTI"u8.ToArray(), "PROB"u8.ToArray(), "PAGE"u8.ToArray(), "END."u8.ToArray()];

    /// <summary>The four bytes of a section.</summary>
    public static ReadOnlySpan<byte> Of(BundleSection section) => Tags[(int)section];

    /// <summary>The section of four bytes, or null.</summary>
    public static BundleSection? Find(ReadOnlySpan<byte> tag)
    {
        for (var section = 0; section < Tags.Length; section++)
        {
            if (tag.SequenceEqual(Tags[section]))
            {
                return (BundleSection)section;
            }
        }

        return null;
    }

    /// <summary>SHA-256 of a frame: its header up to the hash, and its stored content.</summary>
    public static void HashFrame(ReadOnlySpan<byte> header, ReadOnlySpan<byte> stored, Span<byte> hash)
    {
        using var sha = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        sha.AppendData(header[..BundleFormat.HashedHeaderLength]);
        sha.AppendData(stored);
        sha.GetHashAndReset(hash);
    }
}
