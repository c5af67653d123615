using LifelongApi.Learning.Entities;

namespace LifelongApi.Learning.State;

/// <summary>A whole learned state as bytes: what a version stores. Independent of the model it was taken from.</summary>
public sealed class ModelImage
{
    /// <summary>Bytes of a page; the last page of an image may be shorter.</summary>
    public const int PageByteCount = 64 * 1024;

    private readonly byte[] _bytes;
    private readonly byte[]?[] _pageHashes;

    /// <summary>Wraps bytes.</summary>
    /// <param name="manifest">Shape of the state: what <see cref="Model.Open"/> needs to cut the bytes into arenas.</param>
    /// <param name="bytes">Read arena, Plastic arena, labels.</param>
    public ModelImage(ReadOnlyMemory<byte> manifest, byte[] bytes)
    {
        Manifest = manifest;
        _bytes = bytes;
        _pageHashes = new byte[PageCount][];
    }

    /// <summary>Shape of the state (capacities and lengths).</summary>
    public ReadOnlyMemory<byte> Manifest { get; }

    /// <summary>All bytes of the state.</summary>
    public ReadOnlyMemory<byte> Bytes => _bytes;

    /// <summary>What entities left behind and is not in the store yet, by key. The bytes of the state hold the sum of its checksums.</summary>
    public IReadOnlyList<EntityRow> Entities { get; init; } = [];

    /// <summary>Whether no entity left anything in the store before.</summary>
    public bool HasAllEntities { get; init; }

    /// <summary>Number of pages.</summary>
    public int PageCount => (_bytes.Length + PageByteCount - 1) / PageByteCount;

    /// <summary>A page.</summary>
    /// <param name="index">0 … <see cref="PageCount"/> − 1.</param>
    /// <returns>Its bytes.</returns>
    public ReadOnlyMemory<byte> Page(int index) =>
        _bytes.AsMemory(index * PageByteCount, Math.Min(PageByteCount, _bytes.Length - (index * PageByteCount)));

    /// <summary>SHA-256 of a page; it is computed once.</summary>
    /// <param name="index">0 … <see cref="PageCount"/> − 1.</param>
    /// <returns>32 bytes.</returns>
    public byte[] PageHash(int index) => _pageHashes[index] ??= System.Security.Cryptography.SHA256.HashData(Page(index).Span);

    /// <summary>Hash of the state: SHA-256 over engine version, manifest and page hashes in order.</summary>
    /// <returns>32 bytes.</returns>
    public byte[] StateHash()
    {
        using var hash = System.Security.Cryptography.IncrementalHash.CreateHash(System.Security.Cryptography.HashAlgorithmName.SHA256);
        hash.AppendData(System.Text.Encoding.UTF8.GetBytes(Engine.Version));
        hash.AppendData(Manifest.Span);
        for (var i = 0; i < PageCount; i++)
        {
            hash.AppendData(PageHash(i));
        }

        return hash.GetHashAndReset();
    }
}
