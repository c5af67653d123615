namespace LifelongApi.Api.Bundles;

/// <summary>
/// A model in one file (docs/bundle.md): magic and format version, then frames of at most 1 MiB, each with its length and SHA-256, then an end frame with the SHA-256 of all before it.
/// </summary>
internal static class BundleFormat
{
    /// <summary>Version of the format that is written.</summary>
    public const ushort Version = 1;

    /// <summary>Bytes before the first frame: magic (8), version u16, reserved u16 = 0.</summary>
    public const int PreambleLength = 12;

    /// <summary>Bytes of a frame before its content: tag (4), encoding u8, reserved 3 × 0, stored length u32, plain length u32, SHA-256 (32) of those 16 bytes and the stored content.</summary>
    public const int FrameHeaderLength = 48;

    /// <summary>Bytes of a frame header that its hash covers.</summary>
    public const int HashedHeaderLength = 16;

    /// <summary>Most bytes of a frame's content before and after compression.</summary>
    public const int MaxFrameLength = 1 << 20;

    /// <summary>Most bytes of all frames of one tag together, but for the pages, the ids, the entities and the encoder, which have bounds of their own.</summary>
    public const int MaxSectionLength = 256 << 20;

    /// <summary>Bytes of the sequence behind the key of an id.</summary>
    public const int SequenceLength = sizeof(long);

    /// <summary>Bytes of an id that is a hash.</summary>
    public const int IdHashLength = 16;

    /// <summary>Most bytes of the ordered key of an id.</summary>
    public const int MostKeyBytes = 73;

    /// <summary>Bytes before an entity's record: key u64, sequence i64, length i32.</summary>
    public const int EntityHeaderLength = 20;

    /// <summary>Media type.</summary>
    public const string MediaType = "application/vnd.lifelong.bundle";

    /// <summary>First bytes of a file; the line end shows a transfer as text.</summary>
    public static ReadOnlySpan<byte> Magic => "LLBUNDL\n"u8;
}

/// <summary>Sections, in the order in which they come.</summary>
internal enum BundleSection
{
    /// <summary>What the file is, JSON (<see cref="BundleHeader"/>).</summary>
    Header,

    /// <summary>The expanded spec, JSON.</summary>
    Spec,

    /// <summary>Shape of the state.</summary>
    Manifest,

    /// <summary>Prequential statistics.</summary>
    Statistics,

    /// <summary>Feature names by id: UTF-8 length u16, bytes.</summary>
    Names,

    /// <summary>The file of the encoder that the model stands behind.</summary>
    Encoder,

    /// <summary>Live event ids as hashes: hash (16), sequence i64.</summary>
    Ids,

    /// <summary>Live event ids as ordered keys: length u8, key, sequence i64.</summary>
    IdKeys,

    /// <summary>What entities left behind: key u64, sequence i64, length i32, record.</summary>
    Entities,

    /// <summary>Probe sets of the stream, row after row (<see cref="BundleProbes"/>).</summary>
    Probes,

    /// <summary>The state, page after page.</summary>
    Pages,

    /// <summary>SHA-256 of everything before this frame.</summary>
    End,
}

/// <summary>How a frame's content is stored.</summary>
internal enum BundleEncoding : byte
{
    /// <summary>As it is.</summary>
    Plain = 0,

    /// <summary>Brotli (RFC 7932).</summary>
    Brotli = 1,
}
