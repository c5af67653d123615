namespace LifelongApi.Learning.Entities;

/// <summary>What an entity left behind when it lost its row.</summary>
/// <param name="Entity">Its key.</param>
/// <param name="Sequence">The event that took the row.</param>
/// <param name="Bytes">The record (<see cref="EntityRecord"/>).</param>
public readonly record struct EntityRow(ulong Entity, long Sequence, ReadOnlyMemory<byte> Bytes);
