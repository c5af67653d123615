using LifelongApi.Learning.State;

namespace LifelongApi.Learning.Entities;

/// <summary>Something that every entity has: a part of the same length in each row.</summary>
/// <param name="Slot">All rows.</param>
/// <param name="Stride">Floats from row to row.</param>
/// <param name="Length">Floats in use per row.</param>
public readonly record struct EntityColumn(Slot Slot, int Stride, int Length)
{
    /// <summary>The part of a row.</summary>
    /// <param name="row">The row.</param>
    /// <returns>Its slot, padding left out.</returns>
    public Slot Of(int row) => Slot.Part(row * Stride, Length);
}
