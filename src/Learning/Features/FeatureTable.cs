using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;
using LifelongApi.Learning.State;

namespace LifelongApi.Learning.Features;

/// <summary>
/// Places for named features: a hash claims the first free place of its probe sequence at first sight, so names do not collide until the table is nearly full;
/// from then on they share the first place of their sequence (the hashing trick, Weinberger et al. 2009).
/// </summary>
/// <remarks>Reserves: one 64-bit hash per place in Read; 0 marks a free place.</remarks>
public sealed class FeatureTable
{
    /// <summary>Places that are tried for a name before it shares one.</summary>
    public const int ProbeCount = 32;

    private readonly Slot _hashes;
    private readonly int _mask;

    /// <summary>Reserves the table.</summary>
    /// <param name="layout">Layout of the program.</param>
    /// <param name="hashBits">2^hashBits places, 4 … 24.</param>
    public FeatureTable(LayoutBuilder layout, int hashBits)
    {
        _mask = (1 << hashBits) - 1;
        _hashes = layout.Vector(Region.Read, "input.hashes", (_mask + 1) * 2);
    }

    /// <summary>The place of a known hash.</summary>
    /// <param name="hash">Hash of a feature, not 0.</param>
    /// <param name="step">The step.</param>
    /// <returns>Its place, or −1 where it was never seen.</returns>
    public int Find(ulong hash, in StepContext step) => Find(step.ViewLongs(_hashes), hash);

    /// <summary>Lets the line come near in which a hash has its first place.</summary>
    /// <param name="hash">Hash of a feature.</param>
    /// <param name="step">The step.</param>
    internal unsafe void Prefetch(ulong hash, in StepContext step)
    {
        if (Sse.IsSupported)
        {
            Sse.Prefetch0(Unsafe.AsPointer(ref Unsafe.AsRef(in step.ViewLongs(_hashes)[Place(hash, 0)])));
        }
    }

    /// <summary>The place of a known hash in a table as it is stored.</summary>
    /// <param name="hashes">The hash of every place, a power of two of them; 0: free.</param>
    /// <param name="hash">Hash of a feature, not 0.</param>
    /// <returns>Its place, or −1 where it was never seen.</returns>
    public static int Find(ReadOnlySpan<long> hashes, ulong hash)
    {
        var mask = (ulong)hashes.Length - 1;
        for (var probe = 0; probe < ProbeCount; probe++)
        {
            var place = (int)((hash + (ulong)probe) & mask);
            var found = (ulong)hashes[place];
            if (found == hash)
            {
                return place;
            }

            if (found == 0)
            {
                return -1;
            }
        }

        return (int)(hash & mask);
    }

    /// <summary>The place of a hash, claiming one for a new hash.</summary>
    /// <param name="hash">Hash of a feature, not 0.</param>
    /// <param name="step">A learning step.</param>
    /// <returns>Its place.</returns>
    public int Claim(ulong hash, in StepContext step)
    {
        var hashes = step.WriteLongs(_hashes);
        for (var probe = 0; probe < ProbeCount; probe++)
        {
            var place = Place(hash, probe);
            if ((ulong)hashes[place] == hash)
            {
                return place;
            }

            if (hashes[place] == 0)
            {
                hashes[place] = (long)hash;
                return place;
            }
        }

        return Place(hash, 0);
    }

    private int Place(ulong hash, int probe) => (int)((hash + (ulong)probe) & (ulong)_mask);
}
