using LifelongApi.Contracts.Models;

namespace LifelongApi.Contracts.Admin;

/// <summary>An uploaded encoder.</summary>
public sealed record EncoderInfo
{
    /// <summary>Its name.</summary>
    public required string Name { get; init; }

    /// <summary>SHA-256 of its file.</summary>
    public required string Hash { get; init; }

    /// <summary>Bytes of the file.</summary>
    public required long Bytes { get; init; }

    /// <summary>What wrote the file, as it says; may be empty.</summary>
    public required string Producer { get; init; }

    /// <summary>Version of the standard operators that it is written in.</summary>
    public required long Opset { get; init; }

    /// <summary>Runtime with which it was tried when it was uploaded.</summary>
    public required string Runtime { get; init; }

    /// <summary>The tensor that it wants.</summary>
    public required EncoderTensor Input { get; init; }

    /// <summary>The tensors that it gives.</summary>
    public required IReadOnlyList<EncoderTensor> Outputs { get; init; }

    /// <summary>Every tensor that can be learned from, in the order of computation, as <c>name (operator)</c>; at most 2,000.</summary>
    public required IReadOnlyList<string> Tensors { get; init; }

    /// <summary>When it was uploaded.</summary>
    public required DateTimeOffset CreatedAt { get; init; }
}

/// <summary>A tensor at the edge of an encoder.</summary>
public sealed record EncoderTensor
{
    /// <summary>Its name in the file.</summary>
    public required string Name { get; init; }

    /// <summary>Type of its numbers; null: one that no event can carry.</summary>
    public TensorType? Type { get; init; }

    /// <summary>Sizes as the file says, the batch included; −1: open.</summary>
    public required IReadOnlyList<int> Shape { get; init; }
}
