namespace LifelongApi.Contracts.Admin;

/// <summary>What changed between two versions of a model.</summary>
public sealed record SnapshotDiff
{
    /// <summary>The model.</summary>
    public required string Model { get; init; }

    /// <summary>The first version.</summary>
    public required int From { get; init; }

    /// <summary>Its position.</summary>
    public required string FromPosition { get; init; }

    /// <summary>The second version.</summary>
    public required int To { get; init; }

    /// <summary>Its position.</summary>
    public required string ToPosition { get; init; }

    /// <summary>Whether the states are the same, bit for bit.</summary>
    public required bool IsSame { get; init; }

    /// <summary>64 KiB pages of the second version.</summary>
    public required int Pages { get; init; }

    /// <summary>Of these, pages that the first version does not have at the same place.</summary>
    public required int ChangedPages { get; init; }

    /// <summary>Slots of the state.</summary>
    public required int Slots { get; init; }

    /// <summary>The slots that changed, by the size of the change; first those of numbers.</summary>
    public required IReadOnlyList<SlotDiff> ChangedSlots { get; init; }

    /// <summary>Classes that the second version knows and the first does not.</summary>
    public required IReadOnlyList<string> AddedClasses { get; init; }
}

/// <summary>How a slot of the state changed.</summary>
public sealed record SlotDiff
{
    /// <summary>Its name, <c>owner.part</c> (docs/state-layout.md).</summary>
    public required string Slot { get; init; }

    /// <summary><c>read</c> (predict needs it) or <c>plastic</c>.</summary>
    public required string Region { get; init; }

    /// <summary>Numbers in both versions.</summary>
    public required int Length { get; init; }

    /// <summary>Of these, how many changed.</summary>
    public required int Changed { get; init; }

    /// <summary>Numbers that only one of the versions has, where classes were added.</summary>
    public int? Added { get; init; }

    /// <summary>Euclidean length of the change; null for slots that hold whole numbers or bits (counts, hashes).</summary>
    public double? L2 { get; init; }

    /// <summary>The same in units of the slot's length in the first version; null where that is 0.</summary>
    public double? Relative { get; init; }

    /// <summary>Largest change of a number.</summary>
    public double? MaxAbs { get; init; }
}
