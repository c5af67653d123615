using LifelongApi.Learning.State;

namespace LifelongApi.Learning.Entities;

/// <summary>Something that every entity has: a part of the same length in each row.</summary>
/// <param name="Slot">All rows.</param>
/// <param name="Stride">Floats from row to row.</param>
/// <param name="Length">Floats in use per row.</param>
/// <param name="Guest">The part of an entity that has no row and is looked at; empty where entities without a row are forgotten.</param>
public readonly record struct EntityColumn(Slot Slot, int Stride, int Length, Slot Guest = default)
{
    /// <summary>The row of a guest.</summary>
    public const int GuestRow = int.MaxValue;

    /// <summary>The part of a row.</summary>
    /// <param name="row">The row, or <see cref="GuestRow"/>.</param>
    /// <returns>Its slot, padding left out.</returns>
    public Slot Of(int row) => row == GuestRow ? Guest.Part(0, Length) : Slot.Part(row * Stride, Length);
}
