using System.IO.Hashing;
using System.Text;

namespace LifelongApi.Learning.Features;

/// <summary>64-bit hashes of feature names and of (name, text) pairs: XXH3 (Collet), which is stable across machines and versions. 0 is never returned.</summary>
public static class FeatureHash
{
    /// <summary>Hash of a name.</summary>
    /// <param name="name">Feature name.</param>
    /// <returns>Its hash, not 0.</returns>
    public static ulong OfName(string name) => NotZero(XxHash3.HashToUInt64(Encoding.UTF8.GetBytes(name)));

    /// <summary>Hash of a name.</summary>
    /// <param name="utf8">The name in UTF-8.</param>
    /// <returns>Its hash, not 0.</returns>
    public static ulong OfName(ReadOnlySpan<byte> utf8) => NotZero(XxHash3.HashToUInt64(utf8));

    /// <summary>Hash of a name together with a text value: each value is a feature of its own.</summary>
    /// <param name="nameHash">Hash of the name.</param>
    /// <param name="value">The text in UTF-8.</param>
    /// <returns>Its hash, not 0.</returns>
    public static ulong OfValue(ulong nameHash, ReadOnlySpan<byte> value) => NotZero(XxHash3.HashToUInt64(value, unchecked((long)nameHash)));

    private static ulong NotZero(ulong hash) => hash == 0 ? 1 : hash;
}
