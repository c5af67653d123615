using LifelongApi.Learning.State;

namespace LifelongApi.Learning.Populations;

/// <summary>
/// y = drive for the k units with the highest positive drive, 0 for the others; slope 1 for winners (Makhzani and Frey 2013).
/// Among equal drives the unit with the lower number wins. A drive that is not finite is passed on, so that the guard sees it.
/// </summary>
/// <remarks>Reserves: a histogram of 2,048 counts in Scratch.</remarks>
public sealed class WinnersPopulation : Population
{
    private const int DigitBits = 11;
    private const int Digits = 1 << DigitBits;
    private readonly int _winners;
    private readonly Slot _histogram;

    /// <summary>Reserves the slots.</summary>
    /// <param name="layout">Layout of the program.</param>
    /// <param name="name">Name of the population.</param>
    /// <param name="units">Units.</param>
    /// <param name="hasBias">Whether a constant unit follows.</param>
    /// <param name="winners">k, 1 … units.</param>
    public WinnersPopulation(LayoutBuilder layout, string name, int units, bool hasBias, int winners)
        : base(layout, name, units, hasBias, units, dense: true)
    {
        _winners = winners;
        _histogram = layout.Vector(Region.Scratch, $"{name}.histogram", Digits);
    }

    /// <inheritdoc/>
    public override void Advance(in StepContext step)
    {
        var drive = step.View(Drive)[..Units];
        var activity = step.Write(Activity)[..Units];
        var slope = step.Write(Slope)[..Units];
        var (threshold, ties) = Threshold(step);
        for (var unit = 0; unit < drive.Length; unit++)
        {
            var bits = Bits(drive[unit]);
            var wins = bits > threshold || (bits == threshold && ties-- > 0);
            activity[unit] = wins ? drive[unit] : 0f;
            slope[unit] = wins ? 1f : 0f;
        }

        ListActive(step);
    }

    /// <summary>Order of a drive among positive ones: their bits sort like their values, infinity and not-a-number last; 0 never wins.</summary>
    private static int Bits(float drive) => drive <= 0f ? -1 : float.IsNaN(drive) ? int.MaxValue : BitConverter.SingleToInt32Bits(drive);

    /// <summary>The bits of the k-th highest positive drive and how many units with exactly those bits win: radix selection from the highest digit down.</summary>
    private (int Threshold, int Ties) Threshold(in StepContext step)
    {
        var drive = step.View(Drive)[..Units];
        var histogram = step.WriteIntegers(_histogram);
        var wanted = _winners;
        var prefix = 0;
        for (var shift = 31 - DigitBits + 2; shift >= 0; shift -= DigitBits)
        {
            histogram.Clear();
            foreach (var value in drive)
            {
                var bits = Bits(value);
                if (bits >= 0 && (long)bits >> (shift + DigitBits) == prefix)
                {
                    histogram[(bits >> shift) & (Digits - 1)]++;
                }
            }

            var digit = Digits - 1;
            while (digit >= 0 && histogram[digit] < wanted)
            {
                wanted -= histogram[digit--];
            }

            if (digit < 0)
            {
                // Fewer positive drives than winners: all of them.
                return (0, 0);
            }

            prefix = (prefix << DigitBits) | digit;
        }

        return (prefix, wanted);
    }
}
