namespace LifelongApi.Learning.State;

/// <summary>Where a slot lives and how long.</summary>
public enum Region : byte
{
    /// <summary>Learned: what predict needs. Snapshotted.</summary>
    Read,

    /// <summary>Learned: what only learning needs (importance, P, statistics). Snapshotted.</summary>
    Plastic,

    /// <summary>Activations: one per caller at a time, later per session.</summary>
    Activity,

    /// <summary>One call: written before it is read, never saved.</summary>
    Scratch,
}

/// <summary>A range of floats in an arena: an offset, never a pointer.</summary>
/// <param name="Region">The arena.</param>
/// <param name="Offset">First float; a multiple of 16.</param>
/// <param name="Length">Floats.</param>
public readonly record struct Slot(Region Region, int Offset, int Length)
{
    /// <summary>A part of the slot.</summary>
    /// <param name="start">First float within the slot.</param>
    /// <param name="length">Floats.</param>
    /// <returns>The part.</returns>
    public Slot Part(int start, int length) =>
        (uint)start <= (uint)Length && (uint)length <= (uint)(Length - start)
            ? new Slot(Region, Offset + start, length)
            : throw new ArgumentOutOfRangeException(nameof(start));
}

/// <summary>A slot with its name and shape, as the layout documents it.</summary>
/// <param name="Name">Owner and part, e.g. <c>readout.weights</c>; unique.</param>
/// <param name="Slot">Where it is.</param>
/// <param name="Rows">Rows of the matrix; 1 for a vector.</param>
/// <param name="Columns">Columns in use per row.</param>
/// <param name="Stride">Floats from row to row.</param>
public readonly record struct SlotInfo(string Name, Slot Slot, int Rows, int Columns, int Stride);
