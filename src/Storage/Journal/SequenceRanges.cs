namespace LifelongApi.Storage.Journal;

/// <summary>Arithmetic of ranges of sequences.</summary>
internal static class SequenceRanges
{
    /// <summary>Ascending, without overlaps, adjacent ones joined, empty ones left out.</summary>
    public static List<SequenceRange> Normalize(IEnumerable<SequenceRange> ranges)
    {
        var result = new List<SequenceRange>();
        foreach (var range in ranges.Where(range => range.First <= range.Last).OrderBy(range => range.First))
        {
            if (result.Count > 0 && (result[^1].Last == long.MaxValue || range.First <= result[^1].Last + 1))
            {
                result[^1] = result[^1] with { Last = Math.Max(result[^1].Last, range.Last) };
            }
            else
            {
                result.Add(range);
            }
        }

        return result;
    }

    /// <summary>What lies inside <paramref name="within"/> of normalised ranges.</summary>
    public static IEnumerable<SequenceRange> Clip(List<SequenceRange> ranges, SequenceRange within)
        => ranges.Select(range => new SequenceRange(Math.Max(range.First, within.First), Math.Min(range.Last, within.Last)))
            .Where(range => range.First <= range.Last);

    /// <summary>What normalised ranges leave out of <paramref name="within"/>.</summary>
    public static IEnumerable<SequenceRange> Gaps(List<SequenceRange> ranges, SequenceRange within)
    {
        var next = within.First;
        foreach (var range in Clip(ranges, within))
        {
            if (range.First > next)
            {
                yield return new SequenceRange(next, range.First - 1);
            }

            if (range.Last == long.MaxValue)
            {
                yield break;
            }

            next = range.Last + 1;
        }

        if (next <= within.Last)
        {
            yield return within with { First = next };
        }
    }
}
