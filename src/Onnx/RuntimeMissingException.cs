namespace LifelongApi.Onnx;

/// <summary>The library that runs ONNX files is not there or cannot be loaded. What is journalled can still be replayed.</summary>
/// <param name="inner">What the loader said.</param>
public sealed class RuntimeMissingException(Exception inner)
    : Exception("The ONNX runtime cannot be loaded here, so no encoder runs; models replay what their journals hold without it.", inner);
