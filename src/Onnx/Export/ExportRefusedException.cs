namespace LifelongApi.Onnx.Export;

/// <summary>A model that cannot be written as one ONNX file; the message says which part and why.</summary>
/// <param name="message">Why, and what to do instead.</param>
public sealed class ExportRefusedException(string message) : Exception(message);
